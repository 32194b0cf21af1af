import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** The OpenAPI document of the running application. Schemas are whole only in the built product. */
export function openApiOf(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('CareThread')
    .setDescription('Admin API. Errors are RFC 9457 problem+json with a stable code.')
    .setVersion('1')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, config);
}

/** `/openapi.json`, and with `ui` the pages under `/docs`. */
export function installOpenApi(app: INestApplication, { ui }: { ui: boolean }): void {
  SwaggerModule.setup('docs', app, () => openApiOf(app), {
    ui,
    raw: ['json'],
    jsonDocumentUrl: 'openapi.json',
  });
}
